"""How things look and are written: colours, figures, addresses, markup. The ground floor of ui."""
