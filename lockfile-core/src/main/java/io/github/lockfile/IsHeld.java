/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;

/**
 * Tells whether a lock file is held, for people and scripts:
 * {@code java -jar lockfile-core.jar <path>}. Anybody who may read the file may ask. It
 * takes shared locks for a moment, which refuse no holder, and changes nothing.
 * <p>
 * The mark of a holder comes first. A holder in doubt has none, so all from FIRST to SEAL
 * is asked for next, as one range: that is had only while nobody has FIRST, and so is
 * never in the way of a holder or a taker, who have one try for LOCK.
 */
final class IsHeld {

	/**
	 * As sysexits.h has them: EX_TEMPFAIL, EX_CANTCREAT and EX_USAGE.
	 */
	private static final int FREE = 0, HELD = 75, UNREADABLE = 73, USAGE = 64;

	private IsHeld() {
	}

	/**
	 * Prints one line, and exits with 75 if the lock is held, with 0 if it is free, with
	 * 73 if that cannot be told, and with 64 if it is not given one path.
	 */
	public static void main(String[] args) {
		if (args.length != 1) {
			System.err.println("Usage: java -jar lockfile-core.jar <path of a lock file>");
			System.exit(USAGE);
		}
		System.exit(ask(args[0]));
	}

	private static int ask(String argument) {
		try {
			LockPath path = new LockPath(Path.of(argument));
			String malformed = path.malformed();
			// To open a pipe would wait for somebody who writes to it.
			boolean other = Files.exists(path.toPath()) && !Files.isRegularFile(path.toPath());
			return malformed.isEmpty() && !other ? ask(path)
					: unreadable(argument, other ? "it is not a regular file" : malformed);
		}
		catch (InvalidPathException ex) {
			return unreadable(argument, ex.getReason());
		}
	}

	private static int unreadable(String path, String reason) {
		System.err.println(LockRecord.clean("Lock file '" + path + "' cannot be read: " + reason));
		return UNREADABLE;
	}

	private static int ask(LockPath path) {
		try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(path.toPath(), StandardOpenOption.READ)) {
			String content = read(channel);
			boolean marked = !isFree(channel, OpenFile.SEAL, 1);
			boolean held = marked || !isFree(channel, OpenFile.FIRST, OpenFile.SEAL + 1);
			System.out.println((marked ? "held: " : held ? "held or being taken: " : "free: ") + name(path)
					+ (content.isEmpty() ? "" : ". The file says: " + content));
			return held ? HELD : FREE;
		}
		catch (NoSuchFileException ex) {
			System.out.println("free: " + name(path) + " does not exist");
			return FREE;
		}
		catch (IOException ex) {
			return unreadable(path.toPath().toString(), Obstacle.of(path, ex).reason());
		}
	}

	private static String name(LockPath path) {
		return LockRecord.clean(path.toPath().toString());
	}

	private static boolean isFree(AsynchronousFileChannel channel, long position, long size) throws IOException {
		FileLock lock = channel.tryLock(position, size, true);
		if (lock != null) {
			lock.release();
		}
		return lock != null;
	}

	/**
	 * Reads what the file says, which decides nothing. Where locks are mandatory a holder
	 * keeps others from reading the first byte; it is only a space.
	 */
	private static String read(AsynchronousFileChannel channel) {
		ByteBuffer buffer = ByteBuffer.allocate(LockRecord.MAX_LENGTH);
		for (int position = 0; position < 2; position++) {
			try {
				channel.read(buffer, position).get();
				return LockRecord.decode(Arrays.copyOf(buffer.array(), buffer.position())).strip();
			}
			catch (ExecutionException ex) {
				buffer.clear();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
		return "";
	}

}
