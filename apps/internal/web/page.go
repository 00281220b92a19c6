package web

// Page is the part of a list that a caller wants: embed it in the Parameters of a list.
type Page struct {
	Limit int `query:"limit" default:"50" binding:"min=1,max=500" description:"How many there may be in the answer."`
	// Offset ends where paging by offset has become too slow to be of use.
	Offset int `query:"offset" default:"0" binding:"min=0,max=1000000" description:"How many of the newest are left out."`
}
