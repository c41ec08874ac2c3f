"""What pages draw with: filter bar, cards, charts, tables, links. Beside pages/ the only place that knows Streamlit."""
