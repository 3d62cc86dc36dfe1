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

import io.github.lockfile.LockBackend.OpenFile;
import org.jspecify.annotations.Nullable;

/**
 * What this copy of the library holds in this JVM. Every method must be called with
 * {@link #MONITOR} held.
 */
final class JvmMonitor {

	/**
	 * A literal is one object for all class loaders (JLS 3.10.5), so this is one monitor
	 * for all copies of the library in a JVM. It stays as it is from 0.1.0 on.
	 */
	static final String MONITOR = "io.github.lockfile.monitor";

	/**
	 * By file key, and by path as asked for. Keeps locks reachable that nothing else
	 * refers to.
	 */
	private static final Map<Object, LockFile> HELD = new HashMap<>();

	private static final List<Parked> PARKED = new ArrayList<>();

	private JvmMonitor() {
	}

	static @Nullable LockFile holder(@Nullable Object keyOrPath) {
		return HELD.get(keyOrPath);
	}

	static void hold(@Nullable Object keyOrPath, LockFile lock) {
		if (keyOrPath != null) {
			HELD.put(keyOrPath, lock);
		}
	}

	static void release(@Nullable Object keyOrPath, LockFile lock) {
		HELD.remove(keyOrPath, lock);
	}

	/**
	 * Finds out whose file has been opened, although the path had named another one.
	 */
	static @Nullable LockFile holder(OpenFile file) {
		for (LockFile lock : HELD.values()) {
			if (lock.hasOpen(file)) {
				return lock;
			}
		}
		return null;
	}

	/**
	 * Keeps a file open that this JVM has locked through another descriptor: closing it
	 * would drop that lock (fcntl(2), "Record locks").
	 */
	static void park(@Nullable Object key, OpenFile file) {
		PARKED.add(new Parked(key, file));
	}

	/**
	 * Closes the parked files that this JVM no longer has locked.
	 * @return the parked file of the key, if this JVM still has it locked
	 */
	static @Nullable OpenFile sweep(@Nullable Object key) {
		OpenFile found = null;
		for (Iterator<Parked> parked = PARKED.iterator(); parked.hasNext();) {
			Parked next = parked.next();
			if (!next.file.isLockedByThisJvm()) {
				next.file.close();
				parked.remove();
			}
			else if (key != null && key.equals(next.key)) {
				found = next.file;
			}
		}
		return found;
	}

	private record Parked(@Nullable Object key, OpenFile file) {

	}

}
