"""What stands around every page: title, menu, who acts, what a failure says."""
