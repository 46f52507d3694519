"""« Contrats » : what crèches and families agree on, and the hours week by week."""
