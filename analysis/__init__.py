"""Methods: pure functions, DataFrame in, DataFrame out. Knows neither Streamlit nor SQL."""
