package store

// EraseContactsSQL takes the oldest time to keep and the size of a chunk.
const EraseContactsSQL = eraseContacts
