package web

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
)

// describe translates the rules of a binding tag to the schema of the value.
func describe(params jsonschema.InterceptPropParams) error {
	if !params.Processed {
		return nil
	}
	if params.PropertySchema.AnyOf != nil {
		params.PropertySchema.Type = nil // the library keeps "object" as the type of a nullable value
	}
	tag, checked := params.Field.Tag.Lookup("binding")
	if !checked {
		// Answers always have all members, except those that are omitted when empty.
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

// bound sets the minimum or maximum of a number, or the maximum length of a text.
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

// asOnTheWire sets the schemas of types whose JSON differs from their Go type, and closes the schemas of bodies.
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

// neverNull removes null from schemas: an empty list is [], and an absent parameter is not sent.
func neverNull(params jsonschema.InterceptNullabilityParams) {
	operation, inOperation := openapi.OperationCtx(params.Context)
	if params.NullAdded && (params.Type.Kind() == reflect.Slice || (inOperation && !operation.IsProcessingResponse())) {
		params.Schema.RemoveType(jsonschema.Null)
	}
}

// schemaName names the schema of a type after the type.
func schemaName(declared reflect.Type, byDefault string) string {
	if strings.HasSuffix(declared.PkgPath(), "/problem") || declared.Name() == "" {
		return byDefault
	}
	return strings.ToUpper(declared.Name()[:1]) + declared.Name()[1:]
}
