"""Who looks, from where, and the doors that only open when it is recorded: the pages' side of the trail."""
