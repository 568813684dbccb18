"""What an analyst's SQL may do, in the preview and in the night."""
