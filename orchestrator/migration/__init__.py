"""Many posts at once: fetched, extracted, stored; one that fails is reported, the rest go on."""
