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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.Surroundings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Whose content is written over, and whose is left as it is.
 */
@Tag("native")
class FileContentTests extends LockTestCase {

	private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2026-02-03T04:05:06Z"));

	private static final String SHORT = "\u00e4";

	static Stream<byte[]> dataOfUsers() {
		return Stream.of("{\"pid\": 4711}", "{\n  \"orders\": [1, 2, 3]\n}\n", "server.port=8080\n", "a=1\nb=2\n",
				"0123456789".replace('5', 'x'), "x".repeat(4950), " two\nlines", " two\nlines\n", "\n4711\n",
				"\r\n 4711\n", " two\r\nlines\r\n", "4711 4712\n", "4711\n4712\n", "-4711", "4711;web-1\n",
				" tab\tseparated\n", "\ttab\n", " \u001b[31mred\n", " c1\u009bm\n", " del\u007f\n",
				" nul\0in between\n", "4711\0004712\n", "\0\0x", "\0 4711\n", "#!/bin/sh\nrm -rf /\n",
				"---\nkey: value\n", "\ufeff 4711\n", "\u0664\u0667\n", " " + "x".repeat(4000) + "\n" + "x".repeat(949),
				" " + "x".repeat(8192), "1".repeat(8193), "\0".repeat(8193))
			.map((text) -> text.getBytes(StandardCharsets.UTF_8));
	}

	@ParameterizedTest
	@MethodSource("dataOfUsers")
	void dataOfUsersIsRefusedAndLeftAsItIs(byte[] data) throws IOException {
		Files.write(this.path, data);
		Files.setLastModifiedTime(this.path, LONG_AGO);
		for (String template : List.of("{pid}", "x".repeat(8000))) {
			assertThatExceptionOfType(LockFileUnavailableException.class)
				.isThrownBy(() -> LockFile.acquire(this.path, ContentTemplate.of(template)))
				.satisfies((ex) -> assertThat(ex.reason()).contains("it seems to be somebody's data"));
		}
		assertThat(KernelLocks.isLocked(this.path)).isFalse();
		assertThat(this.path).hasBinaryContent(data);
		assertThat(Files.getLastModifiedTime(this.path)).isEqualTo(LONG_AGO);
	}

	@ParameterizedTest
	@MethodSource("dataOfUsers")
	void anEmptyTemplateLocksEveryFileAndLeavesItAsItIs(byte[] data) throws IOException {
		Files.write(this.path, data);
		FileTime recent = FileTime.from(Instant.now().minusSeconds(1800));
		Files.setLastModifiedTime(this.path, recent);
		try (LockFile lock = LockFile.acquire(this.path, ContentTemplate.of(""))) {
			assertThat(KernelLocks.isLocked(this.path)).isTrue();
			assertThat(lock.verify().status()).isEqualTo(Verification.Status.HELD);
			assertThat(KernelLocks.isLocked(this.path)).isTrue();
		}
		assertThat(this.path).hasBinaryContent(data);
		assertThat(Files.getLastModifiedTime(this.path)).isEqualTo(recent);
	}

	@Test
	void anEmptyTemplateWritesNothingThatAKillCouldLeaveBehind() throws IOException {
		byte[] data = "precious\n".getBytes(StandardCharsets.UTF_8);
		Files.write(this.path, data);
		try (ChildJvm holder = HolderProcess.start(PathFaults.preload("kill"), this.path, "")) {
			holder.awaitOutput("acquired");
			assertThat(KernelLocks.isLocked(this.path)).isTrue();
		}
		assertThat(this.path).hasBinaryContent(data);
	}

	static Stream<byte[]> leftovers() {
		return Stream
			.of("", "\0", "\0".repeat(10), "\0".repeat(8192), "4", "4711", "4711\n", "1".repeat(8192), " ", " \n",
					" 4711\n", " 4711;web-1;2026-02-03T04:05:06Z\n", " " + "x".repeat(8190) + "\n", "\n", "\n\n",
					"\r\n", "\t\n", " \n\n", "4711\r\n", "4711\n\n", "4711 ", "4711 \n", "4711\t\r\n\n", " pid\n\n",
					" cr\r\n", " end  \t\n", "4711" + "\n".repeat(2000), " b\u00fccher \ud83d\ude00\n")
			.map((text) -> text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * As a power loss leaves it that came after the kill: with NUL bytes in the place of
	 * what had not reached the disk.
	 */
	@ParameterizedTest
	@MethodSource("leftovers")
	void whatIsLeftOverIsWrittenOverWhereverItWasCut(byte[] leftover) throws IOException {
		byte[] expected = (" " + SHORT + "\n").getBytes(StandardCharsets.UTF_8);
		for (int end : cuts(leftover.length)) {
			for (int lost : new int[] { 0, 7 }) {
				if (end + lost <= 8192) {
					Files.write(this.path, Arrays.copyOf(Arrays.copyOf(leftover, end), end + lost));
					LockFile.acquire(this.path, ContentTemplate.of(SHORT)).close();
					assertThat(this.path).hasBinaryContent(expected);
				}
			}
		}
	}

	private static int[] cuts(int length) {
		return IntStream.rangeClosed(0, length).filter((end) -> end <= 40 || end >= length - 2).toArray();
	}

	/**
	 * What a kill leaves is the start of the record over what was there, cut to the
	 * length of the record.
	 */
	@ParameterizedTest
	@MethodSource("leftovers")
	void aHolderKilledAtAnyByteOfItsWriteIsFollowedByTheNext(byte[] leftover) throws IOException {
		for (String content : List.of("1", SHORT, "4711;a-host-with-a-long-name;2026-02-03T04:05:06Z")) {
			byte[] record = (" " + content + "\n").getBytes(StandardCharsets.UTF_8);
			for (int end = 0; end <= record.length; end++) {
				byte[] left = Arrays.copyOf(leftover, Math.max(end, Math.min(leftover.length, record.length)));
				System.arraycopy(record, 0, left, 0, end);
				Files.write(this.path, left);
				LockFile.acquire(this.path, ContentTemplate.of(SHORT)).close();
				assertThat(this.path).hasBinaryContent((" " + SHORT + "\n").getBytes(StandardCharsets.UTF_8));
			}
		}
	}

	@Test
	void aHolderIsKilledAtEachByteOfItsWrite() throws IOException {
		Surroundings.assumeEncodable(SHORT);
		byte[] longer = " 4711;a-host;2026-02-03T04:05:06Z\n".getBytes(StandardCharsets.UTF_8);
		byte[] record = (" " + SHORT + "\n").getBytes(StandardCharsets.UTF_8);
		List<ChildJvm> holders = new ArrayList<>();
		try {
			for (int end = 0; end <= record.length; end++) {
				Path file = Files.write(this.path.resolveSibling(end + ".lock"), longer);
				holders.add(HolderProcess.start(PathFaults.preload("kill", "LOCKFILE_BYTES=" + end), file, SHORT));
			}
			for (int end = 0; end <= record.length; end++) {
				Path file = this.path.resolveSibling(end + ".lock");
				assertThat(holders.get(end).awaitExit()).as(holders.get(end).output()).isEqualTo(128 + 9);
				byte[] left = Arrays.copyOf(longer, record.length);
				System.arraycopy(record, 0, left, 0, end);
				assertThat(file).hasBinaryContent(left);
				LockFile.acquire(file, ContentTemplate.of(SHORT)).close();
				assertThat(file).hasBinaryContent(record);
			}
		}
		finally {
			holders.forEach(ChildJvm::close);
		}
	}

}
