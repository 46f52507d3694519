"""Pure rules of pointage: from raw events to stays, from stays to slots, and what an absence costs."""
