"""Whether tonight's marts and scores look like those of earlier nights."""
