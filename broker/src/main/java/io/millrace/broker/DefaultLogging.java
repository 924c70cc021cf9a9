package io.millrace.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * How the process of a broker logs when nobody has configured it: a line a state change, to the standard output. {@link Main}
 * puts it in place before anything is logged; a broker inside another program logs as that program does.
 *
 * <p>Logback without its search for a configuration, which opens every jar and reads XML: a quarter of the start.
 */
public final class DefaultLogging implements SLF4JServiceProvider {
    private static final String PROVIDER_PROPERTY = "slf4j.provider";
    private static final String VERBOSITY_PROPERTY = "slf4j.internal.verbosity";
    private static final String API_VERSION = "2.0";

    private final LoggerContext context = new LoggerContext();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

    /** Has the first logger that is made in this process log like this. */
    static void apply() {
        System.setProperty(PROVIDER_PROPERTY, DefaultLogging.class.getName());
        System.setProperty(VERBOSITY_PROPERTY, "WARN");
    }

    @Override
    public void initialize() {
        context.setName("default");
        context.setMDCAdapter(mdc);
        LineLayout layout = new LineLayout();
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setEncoder(encoder);
        console.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(console);
        level(Logger.ROOT_LOGGER_NAME, Level.INFO);
        // ZooKeeper tells its whole environment at every start and warns of defaults.
        level("org.apache.zookeeper", Level.WARN);
        level("org.apache.zookeeper.server", Level.ERROR);
        // It calls it an error, with a stack, whenever another server of the ensemble goes.
        level("org.apache.zookeeper.server.quorum.LearnerHandler", Level.OFF);
        // It tries again every second and prints a stack each time; the session itself is told of in a line of its own.
        level("org.apache.zookeeper.ClientCnxn", Level.ERROR);
        level("org.apache.zookeeper.client.StaticHostProvider", Level.OFF);
        level("org.apache.zookeeper.ClientCnxnSocketNIO", Level.OFF);
        level("org.apache.curator", Level.WARN);
        level("io.netty", Level.WARN);
        context.start();
    }

    private void level(String logger, Level level) {
        context.getLogger(logger).setLevel(level);
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return context;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return mdc;
    }

    @Override
    public String getRequestedApiVersion() {
        return API_VERSION;
    }
}
