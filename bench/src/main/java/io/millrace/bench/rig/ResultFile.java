package io.millrace.bench.rig;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.HdrHistogram.Histogram;

/** Everything that was measured as JSON, every run of it, written anew whenever there is more. */
final class ResultFile {
    private static final double[] PERCENTILES = {1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100};

    private final Path file;
    private final Circumstances circumstances;
    private final Samples samples;
    private final Turns turns;

    ResultFile(Path file, Circumstances circumstances, Samples samples, Turns turns) {
        this.file = file;
        this.circumstances = circumstances;
        this.samples = samples;
        this.turns = turns;
    }

    /**
     * Replaces the file in one step, so that there is a whole one whenever the rig ends.
     *
     * @param isComplete whether nothing more is to come
     */
    void write(boolean isComplete) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".new");
        try (var out = Files.newBufferedWriter(next);
                JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeStringField("date", circumstances.started().toLocalDate().toString());
            json.writeStringField("started", circumstances.started().withNano(0).toString());
            json.writeStringField("machine", circumstances.machine());
            json.writeStringField("loadBefore", circumstances.load());
            json.writeStringField("code", circumstances.code());
            json.writeStringField("kind", circumstances.kind());
            json.writeNumberField("runsOfEach", circumstances.runs());
            json.writeStringField("part", circumstances.part());
            json.writeBooleanField("complete", isComplete);
            json.writeObjectFieldStart("details");
            for (Map.Entry<String, List<String>> detail :
                    circumstances.details().entrySet()) {
                strings(json, detail.getKey(), detail.getValue());
            }
            json.writeEndObject();
            figures(json);
            latencies(json);
            series(json);
            runs(json);
            strings(json, "remarks", samples.remarks());
            strings(json, "failures", turns.failures());
            json.writeEndObject();
        }
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void figures(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("figures");
        for (Map.Entry<Metric, Map<String, SortedMap<Integer, Double>>> entry :
                samples.values().entrySet()) {
            Metric metric = entry.getKey();
            json.writeStartObject();
            json.writeNumberField("row", metric.row());
            json.writeStringField("name", metric.name());
            json.writeStringField("unit", metric.unit());
            json.writeBooleanField("lowerIsBetter", metric.lowerIsBetter());
            goal(json, "goal", metric.goal());
            goal(json, "stretch", metric.stretch());
            json.writeObjectFieldStart("runs");
            for (Map.Entry<String, SortedMap<Integer, Double>> runsOf :
                    entry.getValue().entrySet()) {
                json.writeObjectFieldStart(runsOf.getKey());
                for (Map.Entry<Integer, Double> run : runsOf.getValue().entrySet()) {
                    json.writeNumberField(run.getKey().toString(), run.getValue());
                }
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void goal(JsonGenerator json, String name, Goal goal) throws IOException {
        if (goal.isAmount()) {
            json.writeNumberField(name + "AtMost", goal.atMost());
        } else if (goal.isSet()) {
            json.writeNumberField(name + "Times", goal.times());
        }
    }

    private void latencies(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("latenciesUs");
        for (Map.Entry<String, Map<String, Histogram>> entry :
                samples.latencies().entrySet()) {
            json.writeObjectFieldStart(entry.getKey());
            for (Map.Entry<String, Histogram> of : entry.getValue().entrySet()) {
                json.writeObjectFieldStart(of.getKey());
                json.writeNumberField("count", of.getValue().getTotalCount());
                for (double percentile : PERCENTILES) {
                    json.writeNumberField("p" + percentile, of.getValue().getValueAtPercentile(percentile));
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void series(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("series");
        for (Samples.Series series : samples.series()) {
            json.writeStartObject();
            json.writeStringField("what", series.what());
            json.writeStringField("contender", series.contender());
            json.writeNumberField("run", series.run());
            json.writeArrayFieldStart("values");
            for (double value : series.values()) {
                json.writeNumber(value);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void runs(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("runs");
        for (Turns.Taken taken : turns.log()) {
            json.writeStartObject();
            json.writeStringField("what", taken.what());
            json.writeStringField("contender", taken.contender());
            json.writeNumberField("run", taken.run());
            json.writeStringField("began", taken.began().toString());
            json.writeNumberField("preparedSeconds", taken.preparedSeconds());
            json.writeNumberField("seconds", taken.seconds());
            json.writeNumberField("loadBefore", taken.state().load());
            json.writeNumberField("busyBefore", taken.state().busy());
            json.writeNumberField("unwrittenMiBBefore", taken.state().unwrittenMiB());
            json.writeNumberField("waitedSeconds", taken.state().waitedSeconds());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void strings(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }
}
