package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

type envelope struct {
	Data any `json:"data"`
}

// OK answers with a resource or a list, in the member data.
func OK(c *gin.Context, data any) {
	c.JSON(http.StatusOK, envelope{data})
}

// Location is the header of Created, for Operation.Headers.
type Location struct {
	Location string `header:"Location" required:"true" description:"The path of what was created."`
}

// Created answers with a resource that is new, and where it is from now on.
func Created(c *gin.Context, location string, data any) {
	c.Header("Location", location)
	c.JSON(http.StatusCreated, envelope{data})
}

// Done answers that there is nothing to say but success.
func Done(c *gin.Context) {
	c.Status(http.StatusNoContent)
}
