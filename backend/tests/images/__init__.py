"""What is in the images: built by `devtools.images`, started from their own files."""
