import "@opentelemetry/api";
