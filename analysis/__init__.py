"""Methods: pure functions, DataFrame in, DataFrame out. Imports neither Streamlit nor SQL."""
