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

package io.github.lockfile.testsupport;

/**
 * The bytes that are locked, as the documents have them: a change of the library's own
 * constants must fail a test.
 */
public final class Bytes {

	/**
	 * Taken first, by everybody.
	 */
	public static final long FIRST = 0;

	/**
	 * Together with the first byte it is the lock.
	 */
	public static final long LOCK = 1 << 20;

	/**
	 * The mark of a holder.
	 */
	public static final long SEAL = LOCK + 1;

	/**
	 * Locked for a moment and shared, by those that look for a mark.
	 */
	public static final long PROBE = LOCK + 2;

	private Bytes() {
	}

}
