package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"istio.io/istio/manifests"
)

// customResource checks the objects of one version of one kind as the API server does, with the API server's own code.
// Istio has such a validator too, but its package writes to standard output as soon as it is linked in.
type customResource struct {
	schema     validation.SchemaCreateValidator
	structural *structuralschema.Structural
	rules      *cel.Validator
}

// readCRDs takes the CRDs that Istio is installed with.
func readCRDs() (map[schema.GroupVersionKind]*customResource, error) {
	content, err := manifests.FS.ReadFile("charts/base/files/crd-all.gen.yaml")
	if err != nil {
		return nil, err
	}
	resources := map[schema.GroupVersionKind]*customResource{}
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 1<<20)
	for {
		var document apiextensionsv1.CustomResourceDefinition
		if err := documents.Decode(&document); errors.Is(err, io.EOF) {
			return resources, nil
		} else if err != nil {
			return nil, err
		}
		for _, version := range document.Spec.Versions {
			kind := schema.GroupVersionKind{Group: document.Spec.Group, Version: version.Name, Kind: document.Spec.Names.Kind}
			if resources[kind], err = newCustomResource(version.Schema.OpenAPIV3Schema); err != nil {
				return nil, fmt.Errorf("%v: %w", kind, err)
			}
		}
	}
}

func newCustomResource(external *apiextensionsv1.JSONSchemaProps) (*customResource, error) {
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(external, &internal, nil); err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return nil, err
	}
	structural, err := structuralschema.NewStructural(&internal)
	if err != nil {
		return nil, err
	}
	return &customResource{validator, structural, cel.NewValidator(structural, true, celconfig.PerCallLimit)}, nil
}

// validate says why the API server would refuse the object, which it may change: defaults are filled in first.
func (c *customResource) validate(object map[string]any) error {
	defaulting.Default(object, c.structural)
	options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	if unknown := pruning.PruneWithOptions(runtime.DeepCopyJSON(object), c.structural, true, options); len(unknown) > 0 {
		return fmt.Errorf("unknown fields %q", unknown)
	}
	problems := validation.ValidateCustomResource(nil, object, c.schema)
	problems = append(problems, listtype.ValidateListSetsAndMaps(nil, c.structural, object)...)
	if len(problems) == 0 && c.rules != nil {
		problems, _ = c.rules.Validate(context.Background(), nil, c.structural, object, nil, celconfig.RuntimeCELCostBudget)
	}
	return problems.ToAggregate()
}
