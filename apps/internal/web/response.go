package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

// Created is the answer to a request that created a resource: 201 with the header Location.
type Created[T any] struct {
	// Location is the path of the new resource.
	Location string
	Data     T
}

// Tagged is a resource that has revisions. Every answer with one has the header ETag, and an answer to parameters with
// IfChanged is 304 if the caller has the revision already.
type Tagged interface {
	// Tag returns the revision of the resource.
	Tag() uuid.UUID
}

// envelope is the JSON of every answer that has data.
type envelope struct {
	Data any `json:"data"`
}

type created interface {
	created() (location string, data any)
}

func (a Created[T]) created() (location string, data any) { return a.Location, a.Data }

// parts returns the status, the header Location and the data of a handler's answer. Without that header location is
// empty, without a body data is nil.
func parts(answer any) (status int, location string, data any) {
	switch answer := answer.(type) {
	case None:
		return http.StatusNoContent, "", nil
	case created:
		location, data = answer.created()
		return http.StatusCreated, location, data
	default:
		return http.StatusOK, "", answer
	}
}

// respond sends a handler's answer.
func respond(c *gin.Context, parameters, answer any) {
	status, location, data := parts(answer)
	if location != "" {
		c.Header("Location", location)
	}
	if resource, tagged := data.(Tagged); tagged {
		c.Header("ETag", entityTag(resource.Tag()))
		if condition, conditional := parameters.(condition); conditional && condition.current(resource.Tag()) {
			status, data = http.StatusNotModified, nil
		}
	}
	if data == nil {
		c.Status(status)
		return
	}
	c.JSON(status, envelope{data})
}
