package io.millrace.broker.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Reads what somebody wrote down: the lines of a properties file and, over them, the overrides of the command line. Values
 * stay text here, with one exception: relative paths are made absolute, since only here it is known where they were written.
 */
public final class ConfigSource {
    private static final List<Setting<String>> PATHS =
            List.of(LogSettings.LOG_DIR, EmbeddedZooKeeperSettings.EMBEDDED_ZOOKEEPER_DATA_DIR);

    private ConfigSource() {}

    /**
     * Reads a file and overrides.
     *
     * @param home where relative paths in the file start; those of overrides start at the current directory
     * @param overrides each {@code key=value}
     * @throws ConfigException if the file cannot be read or an override has no key
     */
    public static Map<String, String> read(Path file, Path home, List<String> overrides) {
        Map<String, String> written = new LinkedHashMap<>();
        Properties properties = load(file);
        for (String name : properties.stringPropertyNames()) {
            written.put(name, absolute(name, properties.getProperty(name), home));
        }
        for (String override : overrides) {
            int equals = override.indexOf('=');
            if (equals < 1) {
                throw new ConfigException("--override " + override + ": must be key=value");
            }
            String name = override.substring(0, equals).trim();
            written.put(
                    name,
                    absolute(name, override.substring(equals + 1), Path.of("").toAbsolutePath()));
        }
        return written;
    }

    private static Properties load(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (NoSuchFileException e) {
            throw new ConfigException("The configuration file " + file + " does not exist");
        } catch (MalformedInputException e) {
            throw new ConfigException("The configuration file " + file + " is not UTF-8 text");
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException("The configuration file " + file + " cannot be read: " + e.getMessage());
        }
        return properties;
    }

    private static String absolute(String name, String text, Path base) {
        if (name.equals(LogSettings.LOG_DIRS.name())) {
            return LogSettings.LOG_DIRS.parse(text).stream()
                    .map(item -> absolute(item, base))
                    .collect(Collectors.joining(","));
        }
        return PATHS.stream().anyMatch(setting -> setting.name().equals(name)) ? absolute(text.trim(), base) : text;
    }

    private static String absolute(String path, Path base) {
        return path.isEmpty() ? path : base.resolve(path).normalize().toString();
    }
}
