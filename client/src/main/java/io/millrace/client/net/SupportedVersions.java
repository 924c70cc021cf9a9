package io.millrace.client.net;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ApiVersions;

/** Which versions of which API one broker speaks, and which of them a call is made in. */
public final class SupportedVersions {
    private static final int ABSENT = -1;

    private final int[] lowest = new int[ApiKey.values().length];
    private final int[] highest = new int[ApiKey.values().length];

    SupportedVersions(ApiVersions.Response response) {
        java.util.Arrays.fill(highest, ABSENT);
        for (ApiVersions.Response.ApiVersion api : response.apiKeys) {
            ApiKey key = ApiKey.of(api.apiKey);
            if (key != null) {
                lowest[key.ordinal()] = api.minVersion;
                highest[key.ordinal()] = api.maxVersion;
            }
        }
    }

    /** Whether the broker answers this API in any version known here. */
    public boolean has(ApiKey key) {
        int i = key.ordinal();
        return highest[i] >= key.lowestVersion() && lowest[i] <= key.highestVersion();
    }

    /**
     * The newest version that the broker, this client and the caller have in common.
     *
     * @throws ClientException UNSUPPORTED_VERSION if there is none
     */
    int choose(Call<?> call, Endpoint broker) {
        ApiKey key = call.apiKey();
        int i = key.ordinal();
        int version = Math.min(highest[i], call.highestVersion());
        if (version < Math.max(lowest[i], call.lowestVersion())) {
            throw new ClientException(
                    ErrorCode.UNSUPPORTED_VERSION,
                    highest[i] == ABSENT
                            ? "The broker at " + broker + " does not answer " + key
                            : "The broker at " + broker + " answers " + key + " in versions " + lowest[i] + " to "
                                    + highest[i] + ", this client needs " + call.lowestVersion() + " to "
                                    + call.highestVersion());
        }
        return version;
    }
}
