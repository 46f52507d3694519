"""Pure rules of crèche contracts: reserved hours, their smoothing into months, overruns, leave, billing rate."""
