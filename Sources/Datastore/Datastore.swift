// Datastore
