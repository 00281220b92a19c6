package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Page is the part of a list that a caller wants.
type Page struct {
	Limit, Offset int
}

const (
	defaultLimit = 20
	maxLimit     = 100
	// maxOffset is where paging by offset has become too slow to be of use.
	maxOffset = 1_000_000
)

// Body reads a JSON body and checks it against the `binding` tags of T. Members that T does not have are ignored, so
// that what was read with GET can be sent back with PUT.
func Body[T any](c *gin.Context) (T, error) {
	var body T
	if media, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type")); media != "application/json" {
		return body, problem.New(http.StatusUnsupportedMediaType, "Send the body as application/json.")
	}
	decoder := json.NewDecoder(c.Request.Body)
	if err := decoder.Decode(&body); err != nil {
		return body, unreadable(err)
	}
	if err := decoder.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return body, problem.New(http.StatusBadRequest, "The body has to be one JSON value and nothing after it.")
	}
	return body, checkBody(body)
}

func unreadable(err error) error {
	var tooLong *http.MaxBytesError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &tooLong):
		return problem.New(http.StatusRequestEntityTooLarge, "The body may have at most %d bytes.", tooLong.Limit)
	case errors.As(err, &wrongType):
		return problem.Invalid(problem.Field{Name: wrongType.Field, Detail: fmt.Sprintf("It must not be a %s.", wrongType.Value)})
	default:
		return problem.New(http.StatusBadRequest, "The body is not JSON: %v.", err)
	}
}

// UUID returns a part of the path that is a UUID.
func UUID(c *gin.Context, name string) (uuid.UUID, error) {
	if err := checkValue(name, c.Param(name), "uuid"); err != nil {
		return uuid.Nil, err
	}
	return uuid.Parse(c.Param(name))
}

// Parameter returns a part of the path that fits rule, in validator's notation.
func Parameter(c *gin.Context, name, rule string) (string, error) {
	return c.Param(name), checkValue(name, c.Param(name), rule)
}

// Query returns a query parameter that fits rule, in validator's notation.
func Query(c *gin.Context, name, rule string) (string, error) {
	return c.Query(name), checkValue(name, c.Query(name), rule)
}

// PageOf reads the query parameters limit (20 if absent, 100 at most) and offset (0 if absent).
func PageOf(c *gin.Context) (Page, error) {
	var wrong []problem.Field
	number := func(name string, absent, lowest, highest int) int {
		text, present := c.GetQuery(name)
		if !present {
			return absent
		}
		value, err := strconv.Atoi(text)
		if err != nil || value < lowest || value > highest {
			detail := fmt.Sprintf("It has to be a whole number from %d to %d.", lowest, highest)
			wrong = append(wrong, problem.Field{Name: name, Detail: detail})
		}
		return value
	}
	page := Page{
		Limit:  number("limit", defaultLimit, 1, maxLimit),
		Offset: number("offset", 0, 0, maxOffset),
	}
	if wrong != nil {
		return Page{}, problem.Invalid(wrong...)
	}
	return page, nil
}
