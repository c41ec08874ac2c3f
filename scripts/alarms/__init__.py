"""How good the alarms are, tried on the data there is: worlds with surges put in (worlds), and the table (table)."""
