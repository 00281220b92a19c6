package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const invalid = "Some values are invalid. See errors."

func TestABodyThatIsNotAJSONObjectIsRefused(t *testing.T) {
	api := serve(t, nil)
	tests := map[string]struct{ body, detail string }{
		"broken":         {`{"text":`, "The body is not JSON: unexpected end of JSON input."},
		"trailing data":  {`{"text":"hello"} {}`, "The body is not JSON: invalid character '{' after top-level value."},
		"trailing comma": {`{"text":"hello",}`, "The body is not JSON: invalid character '}' looking for beginning of object key string."},
		"space alone":    {` `, "The body is not JSON: unexpected end of JSON input."},
		"null":           {`null`, "The body must be a JSON object."},
		"a list":         {`[{"text":"hello"}]`, "The body must be a JSON object."},
		"a text":         {`"hello"`, "The body must be a JSON object."},
		"not UTF-8":      {"{\"text\":\"a\"\xff}", "The body is not UTF-8."},
		"UTF-16":         {"\xff\xfe{\x00}\x00", "The body is not UTF-8."},
		"a byte order mark": {
			"\ufeff{}", "The body is not JSON: invalid character 'ï' looking for beginning of value.",
		},
		"too deep": {
			`{"text":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "The body is not JSON: invalid character '[' exceeded max depth.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			api.Do(t, "POST", "/notes", test.body).WantProblem(t, 400, "/notes", test.detail)
		})
	}
	request := post(t, api, "", "application/json")
	apitest.Send(t, request).WantProblem(t, 400, "/notes", "The body is empty. Send a JSON object.")
	api.Do(t, "POST", "/notes", `{"text":"`+strings.Repeat("a", 64<<10)+`"}`).
		WantProblem(t, 413, "/notes", "The body must have at most 65536 bytes.")
}

func TestAllInvalidMembersAreNamedAtOnce(t *testing.T) {
	api := serve(t, nil)
	const (
		text    = "It must be a text without control characters."
		unknown = "The member is unknown."
		utf8    = "It is not UTF-8."
	)
	field := func(name, detail string) problem.Field { return problem.Field{Name: name, Detail: detail} }
	tests := map[string]struct {
		body  string
		wrong []problem.Field
	}{
		"missing":         {`{}`, []problem.Field{field("text", "It is required.")}},
		"empty":           {`{"text":""}`, []problem.Field{field("text", "It is required.")}},
		"null":            {`{"text":null,"mood":null}`, []problem.Field{field("text", "It must not be null."), field("mood", "It must not be null.")}},
		"number":          {`{"text":1e999}`, []problem.Field{field("text", "It has the wrong type: number.")}},
		"list":            {`{"text":["hello"]}`, []problem.Field{field("text", "It has the wrong type: array.")}},
		"two wrong types": {`{"text":true,"mood":{}}`, []problem.Field{field("text", "It has the wrong type: bool."), field("mood", "It has the wrong type: object.")}},
		"unknown":         {`{"text":"hello","z":1,"a":{"b":[]}}`, []problem.Field{field("a", unknown), field("z", unknown)}},
		"another case":    {`{"Text":"hello"}`, []problem.Field{field("text", "It is required."), field("Text", unknown)}},
		"twice":           {`{"text":"hello","text":"hello"}`, []problem.Field{field("text", "It must be given only once.")}},
		"twice, escaped":  {`{"text":"hello","te\u0078t":"hello"}`, []problem.Field{field("text", "It must be given only once.")}},
		"spaces":          {`{"text":" \u00a0\u2003"}`, []problem.Field{field("text", text)}},
		"NUL":             {`{"text":"a\u0000"}`, []problem.Field{field("text", text)}},
		"control":         {`{"text":"a\u009f"}`, []problem.Field{field("text", text)}},
		"half a pair":     {`{"text":"a\ud83d"}`, []problem.Field{field("text", text)}},
		"not UTF-8":       {"{\"text\":\"a\xff\",\"mood\":\"\xc3\x28\"}", []problem.Field{field("text", utf8), field("mood", utf8)}},
		"deeply so":       {"{\"text\":[{\"b\xff\":1}]}", []problem.Field{field("text", utf8)}},
		"name not UTF-8":  {"{\"text\":\"a\",\"moo\xff\":\"ok\"}", []problem.Field{field("moo\ufffd", unknown)}},
		"too long":        {`{"text":"` + strings.Repeat("é", 11) + `"}`, []problem.Field{field("text", "It must have at most 10 characters.")}},
		"all kinds": {
			`{"mood":1,"x":1,"text":"a\u0007"}`,
			[]problem.Field{field("text", text), field("mood", "It has the wrong type: number."), field("x", unknown)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			api.Do(t, "POST", "/notes", test.body).WantProblem(t, 422, "/notes", invalid, test.wrong...)
		})
	}
	api.Do(t, "POST", "/notes", `{"text":"`+strings.Repeat("é", 10)+`","mood":"ok"}`).
		Want(t, 201, `{"data":{"text":"éééééééééé","mood":"ok"}}`)
}

func TestTheNumberOfNamedErrorsIsLimited(t *testing.T) {
	api := serve(t, nil)
	const hello = `"text":"hello"`
	var members, parameters strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&members, `,"unknown%d":1`, i)
		fmt.Fprintf(&parameters, "&unknown%d=1", i)
	}
	for name, refused := range map[string]apitest.Answer{
		"members":    api.Do(t, "POST", "/notes", `{`+hello+members.String()+`}`),
		"parameters": api.Do(t, "POST", "/notes?"+parameters.String(), `{`+hello+`}`),
		"both":       api.Do(t, "POST", "/notes?"+parameters.String(), `{`+hello+members.String()+`}`),
	} {
		if count := strings.Count(refused.Text, `"name"`); refused.Status != 422 || count != 100 {
			t.Errorf("%s: got %d with %d errors, want 422 with 100", name, refused.Status, count)
		}
	}
}

func TestOnlyJSONInUTF8IsAccepted(t *testing.T) {
	api := serve(t, nil)
	for media, status := range map[string]int{
		"application/json":                   201,
		"application/json; charset=utf-8":    201,
		"Application/JSON;charset=\"UTF-8\"": 201,
		"application/json; charset=utf-16":   415,
		"application/json;;":                 415,
		"application/merge-patch+json":       415,
		"text/plain":                         415,
		"":                                   415,
	} {
		if got := apitest.Send(t, post(t, api, `{"text":"hello"}`, media)).Status; got != status {
			t.Errorf("got %d for the content type %q, want %d", got, media, status)
		}
	}
	compressed := post(t, api, `{"text":"hello"}`, "application/json")
	compressed.Header.Set("Content-Encoding", "gzip")
	apitest.Send(t, compressed).WantProblem(t, 415, "/notes", "Send the body without a Content-Encoding.")
}

func post(t *testing.T, api apitest.API, body, media string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api.URL+"/notes", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	return request
}

func TestABodyThatEndsEarlyIsRefused(t *testing.T) {
	api := serve(t, nil)
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(api.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprint(connection, "POST /notes HTTP/1.1\r\nHost: notes\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"text\":\"hel")
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 400 || response.Header.Get("Content-Type") != problem.ContentType {
		t.Errorf("got %d %s, want a 400 problem", response.StatusCode, response.Header.Get("Content-Type"))
	}
}
