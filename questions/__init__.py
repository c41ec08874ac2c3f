"""What several screens, walls and briefs ask: a Reader's data joined with a method. No SQL, no Streamlit."""
