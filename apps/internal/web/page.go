package web

// Page selects a part of a list: embed it in the parameters of a list.
type Page struct {
	Limit int `query:"limit" default:"50" binding:"min=1,max=500" description:"How many there may be in the answer."`
	// Offset has a limit because PostgreSQL reads and drops all rows before it.
	Offset int `query:"offset" default:"0" binding:"min=0,max=1000000" description:"How many of the newest are left out."`
}
