package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What has happened in a simulated group, judged as it happens. */
final class GroupHistory {
    static final int PARTITIONS = 12;

    private final List<Integer> generationOfSubmission = new ArrayList<>();
    private final Map<Integer, Integer> submissionHandedOut = new HashMap<>();
    private final long[] committed = new long[PARTITIONS];
    private int commits;

    /** A leader has made an assignment. */
    int newSubmission(int generation) {
        generationOfSubmission.add(generation);
        return generationOfSubmission.size() - 1;
    }

    byte[] encode(int submission, String owner, List<Integer> partitions) {
        StringBuilder text = new StringBuilder(submission + ";" + owner);
        partitions.forEach(partition -> text.append(';').append(partition));
        return TestGroups.bytes(text.toString());
    }

    /**
     * A member was given its part: it must be meant for it, for this generation, and belong with the parts that the other
     * members of the generation were given.
     */
    List<Integer> onAssigned(int generation, String owner, byte[] assignment) {
        String text = TestGroups.text(assignment);
        String[] parts = text.split(";");
        assertThat(text).as("part of %s in generation %d", owner, generation).isNotEmpty();
        int submission = Integer.parseInt(parts[0]);
        assertThat(parts[1]).as("whose part %s got", owner).isEqualTo(owner);
        assertThat(generationOfSubmission.get(submission))
                .as("generation of the part that %s got in generation %d", owner, generation)
                .isEqualTo(generation);
        assertThat(submissionHandedOut.putIfAbsent(generation, submission))
                .as("assignments of generation %d", generation)
                .isIn(null, submission);
        List<Integer> partitions = new ArrayList<>();
        for (int i = 2; i < parts.length; i++) {
            partitions.add(Integer.parseInt(parts[i]));
        }
        return partitions;
    }

    /** Somebody was told that these offsets are stored. */
    void onCommitted(Map<Integer, Long> offsets) {
        commits++;
        offsets.forEach((partition, offset) -> {
            assertThat(offset)
                    .as("committed offset of partition %d", partition)
                    .isGreaterThanOrEqualTo(committed[partition]);
            committed[partition] = offset;
        });
    }

    long committed(int partition) {
        return committed[partition];
    }

    int commits() {
        return commits;
    }

    int generations() {
        return submissionHandedOut.size();
    }
}
