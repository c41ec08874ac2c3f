"""The desk of matters: boards, forms, time lines, effects, and what single programmes need."""
