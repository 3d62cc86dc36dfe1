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

package io.github.lockfile.torture;

import java.nio.file.Path;
import java.util.List;

import io.github.lockfile.NativeLocking;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.Shell;
import io.github.lockfile.torture.Torture.Kind;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("native")
class TortureTests {

	@Test
	@Timeout(300)
	void channelsNativeLocksAndFlockNeverHoldAtOnce(@TempDir Path directory) throws Exception {
		String obstacle = NativeLocking.obstacle();
		Assumptions.assumeTrue(obstacle.isEmpty(), obstacle);
		Assumptions.assumeTrue(Shell.succeeds("/usr/bin/python3", "--version"), "no /usr/bin/python3 to lock with");
		Torture.Result result = Torture.run(List.of(Kind.NATIVE, Kind.NATIVE, Kind.CHANNEL, Kind.CHANNEL, Kind.FLOCK),
				300, 40, directory.resolve("torture.lock"));
		System.out.println(result);
		assertThat(result.violations()).isEmpty();
		assertThat(result.rounds()).isEqualTo(1500);
		assertThat(result.verifications()).isPositive();
		assertThat(result.drops()).isPositive();
		assertThat(result.quietReports()).isPositive();
	}

	@Test
	@Timeout(300)
	void twoProcessesNeverHoldAtOnce(@TempDir Path directory) throws Exception {
		Torture.Result result = Torture.run(4, 250, 25, directory.resolve("torture.lock"));
		System.out.println(result);
		assertThat(result.violations()).isEmpty();
		assertThat(result.rounds()).isEqualTo(1000);
		// A victim may end by itself just before it is killed.
		assertThat(result.kills()).isBetween(18, 25);
		assertThat(result.stops()).isPositive();
		assertThat(result.secondAcquires()).isPositive();
		assertThat(result.verifications()).isPositive();
		assertThat(result.drops()).isPositive();
		assertThat(result.quietReports()).isPositive();
	}

	@ParameterizedTest
	@ValueSource(strings = { "channel", "native", "mixed" })
	@Timeout(300)
	void afterDropsOneHoldsAndTheOthersKnow(String mode, @TempDir Path directory) throws Exception {
		Assumptions.assumeTrue(Foreign.isAvailable(), "no python3 to ask who holds");
		String obstacle = NativeLocking.obstacle();
		Assumptions.assumeTrue(obstacle.isEmpty() != mode.equals("channel"), "channels once, native locks once");
		assertThat(VerdictTorture.run(15, VerdictTorture.kinds(mode), directory.resolve("torture.lock"))).isEmpty();
	}

	@Test
	@Timeout(300)
	void afterMovesOneHolds(@TempDir Path directory) throws Exception {
		Assumptions.assumeTrue(Foreign.isAvailable(), "no python3 to move the file");
		assertThat(MoveTorture.run(3, 3, directory)).isEmpty();
	}

}
