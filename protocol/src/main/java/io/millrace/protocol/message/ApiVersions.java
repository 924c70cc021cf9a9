package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * Tells which APIs a broker speaks, in which versions.
 */
public final class ApiVersions {

    private ApiVersions() {}

    /** The request of {@link ApiKey#API_VERSIONS}. */
    public static final class Request implements Message {
        public String clientSoftwareName = "";
        public String clientSoftwareVersion = "";

        @Override
        public void wire(Wire w) {
            if (w.since(3)) {
                clientSoftwareName = w.string(clientSoftwareName);
                clientSoftwareVersion = w.string(clientSoftwareVersion);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.API_VERSIONS;
        }
    }

    /** The response of {@link ApiKey#API_VERSIONS}. */
    public static final class Response implements Message {
        /** UNSUPPORTED_VERSION comes in version 0, so that any client can read it. */
        public short errorCode;

        public List<ApiVersion> apiKeys = List.of();
        public int throttleTimeMs;
        public List<SupportedFeatureKey> supportedFeatures = List.of();
        /** -1 if there is none. */
        public long finalizedFeaturesEpoch = -1;

        public List<FinalizedFeatureKey> finalizedFeatures = List.of();
        public boolean zkMigrationReady;

        @Override
        public void wire(Wire w) {
            errorCode = w.int16(errorCode);
            apiKeys = w.array(apiKeys, ApiVersion::new);
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            w.beginTags();
            if (w.since(3) && w.tag(0, !supportedFeatures.isEmpty())) {
                supportedFeatures = w.array(supportedFeatures, SupportedFeatureKey::new);
            }
            if (w.since(3) && w.tag(1, finalizedFeaturesEpoch != -1)) {
                finalizedFeaturesEpoch = w.int64(finalizedFeaturesEpoch);
            }
            if (w.since(3) && w.tag(2, !finalizedFeatures.isEmpty())) {
                finalizedFeatures = w.array(finalizedFeatures, FinalizedFeatureKey::new);
            }
            if (w.since(3) && w.tag(3, zkMigrationReady)) {
                zkMigrationReady = w.bool(zkMigrationReady);
            }
            w.endTags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.API_VERSIONS;
        }

        public static final class ApiVersion implements Struct {
            public short apiKey;
            public short minVersion;
            public short maxVersion;

            @Override
            public void wire(Wire w) {
                apiKey = w.int16(apiKey);
                minVersion = w.int16(minVersion);
                maxVersion = w.int16(maxVersion);
                w.tags();
            }
        }

        public static final class SupportedFeatureKey implements Struct {
            public String name = "";
            public short minVersion;
            public short maxVersion;

            @Override
            public void wire(Wire w) {
                if (w.since(3) || w.refuses("name", !name.isEmpty())) {
                    name = w.string(name);
                }
                if (w.since(3) || w.refuses("minVersion", minVersion != 0)) {
                    minVersion = w.int16(minVersion);
                }
                if (w.since(3) || w.refuses("maxVersion", maxVersion != 0)) {
                    maxVersion = w.int16(maxVersion);
                }
                w.tags();
            }
        }

        public static final class FinalizedFeatureKey implements Struct {
            public String name = "";
            public short maxVersionLevel;
            public short minVersionLevel;

            @Override
            public void wire(Wire w) {
                if (w.since(3) || w.refuses("name", !name.isEmpty())) {
                    name = w.string(name);
                }
                if (w.since(3) || w.refuses("maxVersionLevel", maxVersionLevel != 0)) {
                    maxVersionLevel = w.int16(maxVersionLevel);
                }
                if (w.since(3) || w.refuses("minVersionLevel", minVersionLevel != 0)) {
                    minVersionLevel = w.int16(minVersionLevel);
                }
                w.tags();
            }
        }
    }
}
