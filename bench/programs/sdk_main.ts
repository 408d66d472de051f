import "@opentelemetry/api";
import "@opentelemetry/sdk-trace-base";
import "@opentelemetry/exporter-trace-otlp-proto";
