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

package io.github.lockfile.spring.boot;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * Fills the heap of a JVM as a leak does, and frees it again.
 */
public final class FullHeap {

	/**
	 * What lets a test fill the heap of a child in no time.
	 */
	public static final List<String> OPTIONS = List.of("-Xmx40m", "-XX:+UseSerialGC");

	private static final int SMALLEST = 16;

	private static @Nullable Object hog;

	private FullHeap() {
	}

	/**
	 * Fills the heap to the last bytes.
	 */
	public static void fill() {
		for (int size = 1 << 20; size >= SMALLEST;) {
			if (!take(size)) {
				size /= 2;
			}
		}
	}

	/**
	 * Frees the heap again.
	 */
	public static void free() {
		hog = null;
	}

	/**
	 * Fills the heap to the last bytes, keeps it full, and frees it again.
	 * @param time for how long
	 */
	public static void fill(Duration time) {
		long start = System.nanoTime();
		long nanos = time.toNanos();
		// Called once while there still is room to load its class.
		LockSupport.parkNanos(1);
		fill();
		while (System.nanoTime() - start < nanos) {
			if (!take(SMALLEST)) {
				LockSupport.parkNanos(1_000_000);
			}
		}
		free();
	}

	private static boolean take(int size) {
		try {
			hog = new Object[] { hog, new byte[size] };
			return true;
		}
		catch (OutOfMemoryError ex) {
			return false;
		}
	}

}
