package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code delete-records.sh}: deletes records up to an offset, as Kafka's {@code DeleteRecordsCommand} does. */
@Command(
        description = "Deletes the records of partitions before an offset; -1 stands for all there are.",
        footerHeading = "%nExample:%n",
        footer = {
            "  echo '{\"version\":1,\"partitions\":[{\"topic\":\"clicks\",\"partition\":0,\"offset\":42}]}' > before.json",
            "  delete-records.sh --bootstrap-server localhost:9092 --offset-json-file before.json"
        })
final class DeleteRecordsTool extends AdminTool {
    @Option(
            names = "--offset-json-file",
            paramLabel = "FILE",
            description = "The first offset of each partition that stays.")
    private @Nullable Path file;

    @Override
    void checkOptions() {
        require(file, "offset-json-file");
    }

    @Override
    int run(Admin admin) {
        Path source = require(file, "offset-json-file");
        Map<TopicPartition, Long> offsets =
                PartitionsFile.read(source, item -> PartitionsFile.number(item, "offset", "The file " + source));
        if (!asJson()) {
            line("Executing records delete operation");
            screen().out().flush();
        }
        Outcomes<TopicPartition, Long> deleted = await(admin.deleteRecords(offsets));
        print(() -> outcome(deleted), () -> {
            line("Records delete operation completed:");
            for (TopicPartition partition : offsets.keySet()) {
                Long low = deleted.values().get(partition);
                line("partition: " + partition
                        + (low != null
                                ? "\tlow_watermark: " + low
                                : "\terror: " + reason(deleted.failures().get(partition))));
            }
        });
        return deleted.failures().isEmpty() ? 0 : 1;
    }
}
