"""What a person may like next: two recommenders, their proof, and tonight's lists."""
