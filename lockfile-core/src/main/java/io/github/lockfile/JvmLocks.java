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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What this JVM has locked: the monitor that everybody in it shares, the locks that this
 * copy of the library has, and the files that nobody may close yet.
 */
final class JvmLocks {

	/**
	 * A literal is one object for all class loaders (JLS 3.10.5), so this is one monitor
	 * for all copies of the library in a JVM. It stays as it is from 0.1.0 on.
	 */
	static final String MONITOR = "io.github.lockfile.monitor";

	/**
	 * How many parked files whose key is not known a path may have. Of a file whose key
	 * is known, one is parked at most: its key is refused before it is opened. A path
	 * that is switched to and fro between links can make each attempt open another one.
	 * Attempts stop before they use up the descriptors of the process.
	 */
	private static final int MAX_UNKNOWN = 4;

	/**
	 * By file key, and by path as asked for. It also keeps locks reachable that nothing
	 * else refers to: the JDK forgets a lock whose object is collected.
	 */
	private static final Map<Object, List<Held>> HELD = new HashMap<>();

	private static final List<Parked> PARKED = new ArrayList<>();

	private JvmLocks() {
	}

	static @Nullable Held held(Object keyOrPath) {
		assert Thread.holdsLock(MONITOR);
		List<Held> held = HELD.get(keyOrPath);
		return (held != null) ? held.get(held.size() - 1) : null;
	}

	static List<Held> allHeld() {
		assert Thread.holdsLock(MONITOR);
		return HELD.values().stream().flatMap(List::stream).toList();
	}

	/**
	 * Two can have one path, if its file was replaced and the first one has not noticed.
	 */
	static void hold(Object keyOrPath, Held held) {
		assert Thread.holdsLock(MONITOR);
		HELD.computeIfAbsent(keyOrPath, (missing) -> new ArrayList<>(1)).add(held);
	}

	static void forget(Object keyOrPath, Held held) {
		assert Thread.holdsLock(MONITOR);
		HELD.computeIfPresent(keyOrPath, (present, all) -> {
			all.remove(held);
			return all.isEmpty() ? null : all;
		});
	}

	/**
	 * Closes a file that has been let go of, or parks it if this JVM has it locked
	 * through another descriptor: closing it would drop that lock (fcntl(2), "Record
	 * locks").
	 * @param key the key of the file, if it is known
	 * @param path how the file was asked for
	 */
	static void close(Parkable file, @Nullable Object key, Object path) {
		assert Thread.holdsLock(MONITOR);
		if (file.mustStayOpen()) {
			PARKED.add(new Parked(key, path, file));
		}
		else {
			file.close();
		}
	}

	/**
	 * Closes the parked files that this JVM no longer has locked.
	 */
	static void sweep() {
		assert Thread.holdsLock(MONITOR);
		for (Iterator<Parked> parked = PARKED.iterator(); parked.hasNext();) {
			Parkable file = parked.next().file();
			if (!file.mustStayOpen()) {
				file.close();
				parked.remove();
			}
		}
	}

	/**
	 * Finds a parked file: somebody in this JVM has locked it, if not we ourselves.
	 */
	static @Nullable Parkable parked(Object key) {
		assert Thread.holdsLock(MONITOR);
		for (Parked parked : PARKED) {
			if (key.equals(parked.key())) {
				return parked.file();
			}
		}
		return null;
	}

	/**
	 * Forgets the key of a parked file that has turned out to be another file.
	 */
	static void forgetKey(Parkable file) {
		assert Thread.holdsLock(MONITOR);
		PARKED.replaceAll((parked) -> (parked.file() == file) ? new Parked(null, parked.path(), file) : parked);
	}

	/**
	 * Says whether a path has led to too many files that must not be closed.
	 */
	static boolean isFull(Object path) {
		assert Thread.holdsLock(MONITOR);
		int unknown = 0;
		for (Parked parked : PARKED) {
			unknown += (parked.key() == null && path.equals(parked.path())) ? 1 : 0;
		}
		return unknown >= MAX_UNKNOWN;
	}

	/**
	 * A lock that this copy of the library has.
	 */
	interface Held {

		/**
		 * Returns what is recorded in its file.
		 */
		String content();

		/**
		 * Says whether its file is the one that was opened.
		 */
		boolean hasOpen(Parkable file);

	}

	/**
	 * A file that is open.
	 */
	interface Parkable {

		/**
		 * Lets go of its own locks, and says whether closing it is impossible now or
		 * would drop the lock of somebody else in this JVM.
		 */
		boolean mustStayOpen();

		void close();

	}

	private record Parked(@Nullable Object key, Object path, Parkable file) {

	}

}
