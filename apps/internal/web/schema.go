package web

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
)

// describe says in the schema of a value what the tag binding says to the validator.
func describe(params jsonschema.InterceptPropParams) error {
	if !params.Processed {
		return nil
	}
	if params.PropertySchema.AnyOf != nil {
		params.PropertySchema.Type = nil // the library goes on saying that what may be null is an object
	}
	tag, checked := params.Field.Tag.Lookup("binding")
	if !checked {
		// What the service itself answers is whole, except for what is left out when it is empty.
		if !strings.Contains(params.Field.Tag.Get("json"), ",omit") {
			params.ParentSchema.Required = append(params.ParentSchema.Required, params.Name)
		}
		return nil
	}
	schema := params.PropertySchema
	for _, name := range strings.Split(tag, ",") {
		name, parameter, _ := strings.Cut(name, "=")
		switch rule := rules[name]; {
		case name == "required":
			params.ParentSchema.Required = append(params.ParentSchema.Required, params.Name)
		case name == "min" || name == "max":
			if err := bound(schema, name, parameter); err != nil {
				return err
			}
		case rule.format != "":
			schema.WithFormat(rule.format)
		case rule.pattern != "":
			schema.WithPattern(rule.pattern)
		}
	}
	return nil
}

// bound says the smallest or largest number, or the largest length of a text.
func bound(schema *jsonschema.Schema, name, parameter string) error {
	limit, err := strconv.ParseInt(parameter, 10, 64)
	if err != nil {
		return err
	}
	switch {
	case !schema.HasType(jsonschema.Integer):
		schema.WithMaxLength(limit)
	case name == "min":
		schema.WithMinimum(float64(limit))
	default:
		schema.WithMaximum(float64(limit))
	}
	return nil
}

// asOnTheWire says what values of certain types are as JSON.
func asOnTheWire(params jsonschema.InterceptSchemaParams) (stop bool, err error) {
	switch params.Value.Type() {
	case reflect.TypeFor[uuid.UUID]():
		params.Schema.WithType(jsonschema.String.Type()).WithFormat("uuid")
		return true, nil
	case reflect.TypeFor[Tags]():
		params.Schema.WithType(jsonschema.String.Type())
		return true, nil
	}
	operation, inOperation := openapi.OperationCtx(params.Context)
	isBody := inOperation && !operation.IsProcessingResponse() && operation.ProcessingIn() == openapi.InBody
	if params.Processed && isBody && params.Value.Kind() == reflect.Struct {
		params.Schema.WithAdditionalProperties(*(&jsonschema.SchemaOrBool{}).WithTypeBoolean(false))
	}
	return false, nil
}

// neverNull says that a list that is empty is [], and a parameter that is absent is not there.
func neverNull(params jsonschema.InterceptNullabilityParams) {
	operation, inOperation := openapi.OperationCtx(params.Context)
	if params.NullAdded && (params.Type.Kind() == reflect.Slice || (inOperation && !operation.IsProcessingResponse())) {
		params.Schema.RemoveType(jsonschema.Null)
	}
}

// named gives the schema of a type the type's own name.
func named(declared reflect.Type, byDefault string) string {
	if strings.HasSuffix(declared.PkgPath(), "/problem") || declared.Name() == "" {
		return byDefault
	}
	return strings.ToUpper(declared.Name()[:1]) + declared.Name()[1:]
}
