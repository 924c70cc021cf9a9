package io.millrace.protocol.wire;

/** Anything that has a place on the wire: a message, or a structure inside one. */
public interface Struct {

    /**
     * Names every field once, in wire order. With a {@link WireReader} the fields take the values read, with a
     * {@link WireWriter} they keep theirs and are written.
     *
     * @throws WireException if the bytes are malformed, or if a field holds a value that this version cannot carry
     */
    void wire(Wire w);
}
