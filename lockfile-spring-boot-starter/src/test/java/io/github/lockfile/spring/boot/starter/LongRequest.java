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

package io.github.lockfile.spring.boot.starter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.awaitility.Awaitility;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * A request that lasts until the test ends it, by creating a file. Added by
 * {@code spring.main.sources}.
 */
@RestController
class LongRequest {

	private static final Logger logger = LoggerFactory.getLogger(LongRequest.class);

	@GetMapping("/long")
	String until(@RequestParam Path file) {
		logger.info("The request lasts");
		Awaitility.await().atMost(Duration.ofMinutes(5)).until(() -> Files.exists(file));
		return "done";
	}

}
