{{- define "step" }}
- name: {{ .name }}
  retryStrategy:
    limit: "2"
    retryPolicy: Always
    backoff:
      duration: 30s
      factor: "2"
  container:
    image: {{ .root.Values.image }}
    workingDir: /work
    command: [python, {{ .script }}, --rows, "{{ "{{workflow.parameters.rows}}" }}", --region, "{{ "{{workflow.parameters.region}}" }}"]
    env:
    - name: ARGOSY_STEP
      value: {{ .name }}
    resources:
      requests:
        cpu: {{ if .gpu }}"4"{{ else }}500m{{ end }}
        memory: {{ if .gpu }}16Gi{{ else }}512Mi{{ end }}
      limits:
        memory: {{ if .gpu }}16Gi{{ else }}512Mi{{ end }}
        {{- if .gpu }}
        nvidia.com/gpu: "1"
        {{- end }}
{{- end }}
