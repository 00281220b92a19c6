package web

// Page selects a part of a list: embed it in the parameters of a list.
type Page struct {
	Limit int `query:"limit" default:"50" binding:"min=1,max=500" description:"The maximum length of the list."`
	// Offset has a limit because PostgreSQL reads and drops all rows before it.
	Offset int `query:"offset" default:"0" binding:"min=0,max=1000000" description:"The number of the newest resources to skip."`
}
