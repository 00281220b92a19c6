package contract

import (
	"crypto/x509"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/go-playground/validator/v10"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// meanings describe the valid values of each rule, for error messages. A test checks that it covers all rules.
var meanings = map[string]string{
	"required":         "a non-empty value",
	"port":             "a port number from 1 to 65535",
	"http_url":         "a URL that starts with http:// or https://",
	"connections":      "a whole number from 1 to 1000",
	"loglevel":         "debug, info, warn or error",
	"sslmode":          "disable, require, verify-ca or verify-full",
	"certificates":     "certificates in PEM",
	"hostname_rfc1123": "a host name of letters, digits, hyphens and dots",
	"targets":          "URLs such as http://orders.shop.svc:80, separated by commas",
	"topology":         "the JSON of the declared nodes and calls",
	"delay":            "a duration from 1ms to 10s, such as 5s",
}

// Load reads T, one of this package's structs with string fields, from environ, which maps names to values. The error
// lists every missing or invalid variable with its value and what it should be. It hides secrets and credentials.
func Load[T any](environ map[string]string) (T, error) {
	var config T
	if err := env.ParseWithOptions(&config, env.Options{Environment: environ}); err != nil {
		return config, fmt.Errorf("read the environment: %w", err)
	}
	rules, err := newRules()
	if err != nil {
		return config, err
	}
	var wrong validator.ValidationErrors
	if err := rules.Struct(config); errors.As(err, &wrong) {
		return config, explain(wrong, variables(reflect.ValueOf(config)))
	} else if err != nil {
		return config, fmt.Errorf("check the environment: %w", err)
	}
	return config, nil
}

// newRules returns the validator. Its errors name the variable instead of the struct's field.
func newRules() (*validator.Validate, error) {
	rules := validator.New(validator.WithRequiredStructEnabled())
	rules.RegisterTagNameFunc(func(field reflect.StructField) string { return field.Tag.Get("env") })
	rules.RegisterAlias("loglevel", "oneof=debug info warn error")
	rules.RegisterAlias("sslmode", "oneof=disable require verify-ca verify-full")
	for name, rule := range map[string]validator.Func{
		"certificates": isCertificates, "targets": isTargets, "topology": isTopology, "delay": isDelay,
	} {
		if err := rules.RegisterValidation(name, rule); err != nil {
			return nil, fmt.Errorf("register the rule %s: %w", name, err)
		}
	}
	// The library's own rules for numbers do not accept strings.
	for name, highest := range map[string]uint64{"port": 65535, "connections": 1000} {
		if err := rules.RegisterValidation(name, isNumber(highest)); err != nil {
			return nil, fmt.Errorf("register the rule %s: %w", name, err)
		}
	}
	return rules, nil
}

func isCertificates(field validator.FieldLevel) bool {
	return x509.NewCertPool().AppendCertsFromPEM([]byte(field.Field().String()))
}

func isTargets(field validator.FieldLevel) bool {
	_, err := ParseTargets(field.Field().String())
	return err == nil
}

func isTopology(field validator.FieldLevel) bool {
	_, err := ParseTopology(field.Field().String())
	return err == nil
}

// isDelay accepts delays that are shorter than the write timeout of package server, 12 s.
func isDelay(field validator.FieldLevel) bool {
	delay, err := time.ParseDuration(field.Field().String())
	return err == nil && delay >= time.Millisecond && delay <= 10*time.Second
}

// isNumber accepts a whole number from 1 to highest.
func isNumber(highest uint64) validator.Func {
	return func(field validator.FieldLevel) bool {
		number, err := strconv.ParseUint(field.Field().String(), 10, 64)
		return err == nil && number > 0 && number <= highest
	}
}

func explain(wrong validator.ValidationErrors, all []variable) error {
	var sentences []string
	for _, field := range wrong {
		for _, variable := range all {
			if variable.name != field.Field() {
				continue
			}
			state := "is not set"
			if variable.value != "" {
				state = fmt.Sprintf("is %q", variable.masked(redact.Value))
			}
			sentences = append(sentences, fmt.Sprintf("%s %s, set it to %s", variable.name, state, meanings[field.Tag()]))
		}
	}
	return fmt.Errorf("invalid environment: %s", strings.Join(sentences, "; "))
}
