"""WHERE: sub-district, community, building, doorway, and the code on the door."""
