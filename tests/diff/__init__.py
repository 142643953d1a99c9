"""What two versions of a document are told to break, and what not."""
