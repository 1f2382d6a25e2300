package instant

// What follows is for tests only: for those of internal/store, which are of several
// rooms.

// EraseDetailsSQL and EraseMessagesSQL take a time and a number of rows.
const (
	EraseDetailsSQL  = eraseDetails
	EraseMessagesSQL = eraseMessages
)
