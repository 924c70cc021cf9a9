package io.millrace.broker.tool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.broker.config.ZkConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/** The commands of ZooKeeper's shell that read, answered by one JSON document: {@code ls [-s] [-R]}, {@code get [-s]}, {@code stat}. */
final class ZooKeeperJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private ZooKeeperJson() {}

    /** @throws IllegalArgumentException saying what is wrong with the command */
    static int run(ZkConfig server, List<String> command, PrintStream out)
            throws IOException, InterruptedException, KeeperException {
        List<String> options =
                command.stream().filter(word -> word.startsWith("-")).toList();
        List<String> others =
                command.stream().filter(word -> !word.startsWith("-")).toList();
        String name = others.isEmpty() ? "" : others.get(0);
        List<String> known = switch (name) {
            case "ls" -> List.of("-s", "-R");
            case "get" -> List.of("-s");
            case "stat" -> List.of();
            default ->
                throw new IllegalArgumentException("With --json there are ls [-s] [-R] PATH, get [-s] PATH and"
                        + " stat PATH" + (name.isEmpty() ? "" : ", and no " + name));
        };
        if (others.size() != 2 || !known.containsAll(options)) {
            throw new IllegalArgumentException("With --json " + name + " takes "
                    + known.stream().map(option -> "[" + option + "] ").collect(Collectors.joining())
                    + "PATH, and nothing else");
        }
        try (ZooKeeper zooKeeper = connect(server)) {
            out.print(document(zooKeeper, name, others.get(1), options) + "\n");
            out.flush();
        }
        return 0;
    }

    private static ZooKeeper connect(ZkConfig server) throws IOException, InterruptedException {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper zooKeeper = new ZooKeeper(server.hosts() + server.chroot(), server.sessionTimeoutMs(), event -> {
            if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
            }
        });
        if (!connected.await(server.connectionTimeoutMs(), TimeUnit.MILLISECONDS)) {
            zooKeeper.close();
            throw new IOException("there was no connection within " + server.connectionTimeoutMs() + " ms");
        }
        return zooKeeper;
    }

    private static String document(ZooKeeper zooKeeper, String command, String path, List<String> options)
            throws IOException, InterruptedException, KeeperException {
        Stat stat = new Stat();
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("path", path);
            switch (command) {
                case "ls" -> {
                    List<String> children = zooKeeper.getChildren(path, false, stat);
                    if (options.contains("-R")) {
                        write(json, "paths", ZKUtil.listSubTreeBFS(zooKeeper, path));
                    } else {
                        write(json, "children", children);
                    }
                }
                case "get" -> write(json, zooKeeper.getData(path, false, stat));
                default -> zooKeeper.getData(path, false, stat);
            }
            if (command.equals("stat") || options.contains("-s")) {
                write(json, stat);
            }
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, String name, List<String> names) throws IOException {
        json.writeArrayFieldStart(name);
        for (String each : new TreeSet<>(names)) {
            json.writeString(each);
        }
        json.writeEndArray();
    }

    /** As text, or, where it is none, in base64. */
    private static void write(JsonGenerator json, byte @Nullable [] data) throws IOException {
        if (data == null) {
            json.writeNullField("data");
            return;
        }
        try {
            json.writeStringField(
                    "data",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(data))
                            .toString());
        } catch (CharacterCodingException e) {
            json.writeStringField("dataBase64", Base64.getEncoder().encodeToString(data));
        }
    }

    private static void write(JsonGenerator json, Stat stat) throws IOException {
        json.writeObjectFieldStart("stat");
        json.writeNumberField("cZxid", stat.getCzxid());
        json.writeNumberField("ctime", stat.getCtime());
        json.writeNumberField("mZxid", stat.getMzxid());
        json.writeNumberField("mtime", stat.getMtime());
        json.writeNumberField("pZxid", stat.getPzxid());
        json.writeNumberField("cversion", stat.getCversion());
        json.writeNumberField("dataVersion", stat.getVersion());
        json.writeNumberField("aclVersion", stat.getAversion());
        json.writeNumberField("ephemeralOwner", stat.getEphemeralOwner());
        json.writeNumberField("dataLength", stat.getDataLength());
        json.writeNumberField("numChildren", stat.getNumChildren());
        json.writeEndObject();
    }
}
